"""The designs of the simulated studies: how answers arise, what is true of them, and their codebook."""

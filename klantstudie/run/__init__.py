"""The control room: notebooks are checked, run, recorded, compared and packed."""

"""`python -m klantstudie` is the command `klantstudie`."""

from __future__ import annotations

from klantstudie.run.cli import main

if __name__ == "__main__":
    main()

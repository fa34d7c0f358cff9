"""The options that several commands have."""

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[Path, typer.Option("--data", help="The folder that keeps everything.")]
Port = Annotated[int, typer.Option("--port", min=1, max=65535, help="The gateway's port.")]
User = Annotated[str, typer.Option("--user", help="Who signs in.")]

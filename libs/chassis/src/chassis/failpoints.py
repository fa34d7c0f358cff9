"""Named points where a process can be told to die, so that crash tests hit every seam.

`TIANLONG_FAILPOINT=relay.after_send:3` ends the process at the third passage, as `kill -9` would:
nothing is flushed, closed or rolled back. Without the variable a point costs one comparison.
"""

import os

DIED = 137


def _armed(value: str) -> tuple[str | None, int]:
    """The point and the passage at which it kills."""
    name, _, passage = value.partition(":")
    return (name or None), int(passage or 1)


_name, _left = _armed(os.environ.get("TIANLONG_FAILPOINT", ""))


def failpoint(name: str) -> None:
    """Die here if this point is armed and this is the passage."""
    if name != _name:
        return
    global _left
    _left -= 1
    if _left == 0:
        os._exit(DIED)

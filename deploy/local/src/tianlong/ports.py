"""Free TCP ports on loopback, from below the range that the system gives to outgoing connections.

A port of that range could be taken by any client's outgoing connection while its server restarts,
or by a client that reconnects to it so eagerly that it ends up connected to itself.
"""

import random
import socket

LOWEST, HIGHEST = 20_000, 32_000


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen on the port now; connections in TIME_WAIT do not count."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port(avoid: frozenset[int] | set[int] = frozenset()) -> int:
    """A port that nobody listens on, and that is not one of `avoid`."""
    # Not from a seeded generator: several test processes choose at the same moment.
    choice = random.SystemRandom()
    for _ in range(1_000):
        port = choice.randrange(LOWEST, HIGHEST)
        if port not in avoid and is_free(port):
            return port
    raise OSError(f"no free port between {LOWEST} and {HIGHEST}")


def keep_or_choose(kept: int | None, avoid: frozenset[int] | set[int] = frozenset()) -> int:
    """The port that was used before if it is still free, else another one."""
    if kept is not None and kept not in avoid and is_free(kept):
        return kept
    return free_port(avoid)

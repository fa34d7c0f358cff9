"""How much one caller may ask: a token bucket each, told in `RateLimit-*` headers."""

from time import monotonic

_FORGET_ABOVE = 10_000


class Buckets:
    """Refilled at `rate` per second up to `burst`; in this process only."""

    def __init__(self, rate: float, burst: int) -> None:
        self._rate = rate
        self._burst = burst
        self._state: dict[str, tuple[float, float]] = {}
        self._limit = b"%d" % burst

    def take(self, caller: str) -> int:
        """What is left after this request; -1 if there was nothing."""
        now = monotonic()
        tokens, last = self._state.get(caller) or self._new(now)
        tokens = min(float(self._burst), tokens + (now - last) * self._rate)
        allowed = tokens >= 1.0
        self._state[caller] = (tokens - 1.0 if allowed else tokens, now)
        return int(tokens) - 1 if allowed else -1

    def headers(self, left: int) -> list[tuple[bytes, bytes]]:
        """Reset is when the bucket is full again, in seconds."""
        left = max(left, 0)
        reset = int((self._burst - left) / self._rate) + 1 if left < self._burst else 0
        return [
            (b"ratelimit-limit", self._limit),
            (b"ratelimit-remaining", b"%d" % left),
            (b"ratelimit-reset", b"%d" % reset),
        ]

    @property
    def retry_after(self) -> int:
        return max(1, round(1 / self._rate))

    def _new(self, now: float) -> tuple[float, float]:
        if len(self._state) >= _FORGET_ABOVE:
            full_after = self._burst / self._rate
            self._state = {
                caller: state
                for caller, state in self._state.items()
                if now - state[1] < full_after
            }
        return float(self._burst), now

"""What the gateway is told from outside, beside what every process of ours is told."""

from chassis.settings import ServiceSettings
from pydantic import Field, SecretStr

DAY = 86_400


class Settings(ServiceSettings):
    """Addresses of the services behind, limits, and how long tokens and keys live."""

    port: int = Field(8080, description="port to listen on")
    upstreams: dict[str, str] = Field(
        default_factory=lambda: {
            "customers": "http://127.0.0.1:8001",
            "pipeline": "http://127.0.0.1:8002",
            "field": "http://127.0.0.1:8003",
            "insights": "http://127.0.0.1:8004",
        },
        description="address of each service, as JSON",
    )
    upstream_seconds: float = Field(10.0, description="deadline of a forwarded request")
    import_seconds: float = Field(120.0, description="deadline of a forwarded upload")
    upstream_connections: int = Field(
        256, description="requests under way per service; beyond it 503 with Retry-After"
    )
    view_part_seconds: float = Field(1.5, description="deadline of each part of a view")
    rate_per_second: float = Field(200.0, description="requests per second and caller")
    rate_burst: int = Field(1_000, description="requests a caller may save up")
    sign_ins_at_once: int = Field(64, description="sign-ins waiting for their password check")
    largest_body: int = Field(10 * 1024 * 1024, description="largest body in bytes but uploads'")
    largest_upload: int = Field(200 * 1024 * 1024, description="largest upload in bytes")

    admin_password: SecretStr | None = Field(
        None, description="password of the first administrator, `admin`"
    )
    issuer: str = Field("tianlong", description="`iss` of the tokens")
    access_seconds: int = Field(600, description="how long an access token is valid")
    refresh_seconds: int = Field(30 * DAY, description="how long a session lasts")
    key_days: int = Field(30, description="after how many days the signing key is changed")
    secure_cookies: bool = Field(
        False, description="cookies only over HTTPS; to be set where the gateway stands behind TLS"
    )
    revocation_seconds: float = Field(0.5, description="how often revoked sessions are looked up")
    key_poll_seconds: float = Field(
        2.0, description="how often signing keys of other processes are looked up"
    )
    heartbeat_seconds: float = Field(15.0, description="silence after which a stream says it lives")

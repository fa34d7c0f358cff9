"""What each role may do, and how far: data (`grants.json`), published, shown as a table.

A role's table names `<collection>:<verb>`, else `<collection>:*`, with the level it reaches:
own < shared < team < below < all. The widest of a caller's roles counts.
"""

import hashlib
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

from chassis.scopes import LEVELS, Grants, granted_level

DEFAULT: dict[str, dict[str, str]] = json.loads(
    files("gateway").joinpath("grants.json").read_text(encoding="utf-8")
)
ROLES = frozenset(DEFAULT)
PUBLISHED_AT = "/.well-known/tianlong-grants.json"

_TITLES = {
    "rep": "销售员",
    "supervisor": "主管",
    "manager": "销售经理",
    "director": "销售总监",
    "general_manager": "总经理",
    "customer_operations": "客户运营",
    "presales": "售前",
    "consultant": "咨询顾问",
    "commercial": "商务经理",
    "finance": "财务",
    "legal": "法务",
    "quality": "质量人员",
    "executive": "高层",
    "delivery": "实施",
    "service": "客服",
    "integrator": "集成方",
    "admin": "管理员",
}


def actions(grants: Grants) -> list[str]:
    """Every action that some role is given by name, `*` included."""
    return sorted({action for table in grants.values() for action in table})


def effective(grants: Grants, roles: tuple[str, ...]) -> dict[str, str]:
    """Each action that these roles allow together, with its widest level."""
    levels = {action: granted_level(grants, roles, action) for action in actions(grants)}
    return {action: level for action, level in levels.items() if level is not None}


def etag(published: bytes) -> str:
    return f'"{hashlib.sha256(published).hexdigest()[:16]}"'


def as_table(grants: Grants) -> str:
    """The matrix as the guide shows it: one table of actions and levels for each role."""
    lines = [
        "# Who may do what 权限",
        "",
        "Generated from `gateway/src/gateway/grants.json` by `python -m gateway.grants`; change",
        "the data, not this page. Levels, each with the ones before it: "
        + " < ".join(f"`{level}`" for level in LEVELS)
        + ".",
        "`own`: the owner's own records; `shared`: also where one is a collaborator; `team`: also",
        "one's own team's; `below`: the teams one leads and everything below them; `all`: all.",
        "`*` stands for every verb that is not named.",
        "",
    ]
    roles = list(grants)
    lines += [
        "| action | "
        + " | ".join(f"{role} {_TITLES.get(role, '')}".strip() for role in roles)
        + " |",
        "|---" * (len(roles) + 1) + "|",
    ]
    for action in actions(grants):
        cells = [granted_level(grants, (role,), action) or "" for role in roles]
        lines.append(f"| `{action}` | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def flaws(grants: dict[str, Any]) -> list[str]:
    """What is wrong with a table of grants, in words."""
    return [
        f"{role}: {action} has the level {level}, which does not exist"
        for role, table in grants.items()
        for action, level in table.items()
        if level not in LEVELS or action.count(":") != 1
    ]


def write_guide(path: Path) -> None:
    path.write_text(as_table(DEFAULT), encoding="utf-8")


if __name__ == "__main__":
    write_guide(Path(__file__).parents[3] / "docs" / "guides" / "grants.md")

"""What both doors share: kinds of text, ids, and the vault that the app carries."""

from typing import Annotated

from fastapi import Depends, Request
from pydantic import Field

from customers.contacts.people import Vault

Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]
Short = Annotated[str, Field(min_length=1, max_length=100)]
Long = Annotated[str, Field(min_length=1, max_length=2000)]
Phone = Annotated[str, Field(pattern=r"^[+0-9][0-9 ()./+-]{3,29}$")]
Mail = Annotated[str, Field(max_length=254, pattern=r"^[^@\s]{1,64}@[^@\s]+\.[^@\s.]{2,}$")]


def vault_of(request: Request) -> Vault:
    vault: Vault = request.app.state.vault
    return vault


PeoplesVault = Annotated[Vault, Depends(vault_of)]

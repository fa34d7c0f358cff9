"""What a refusal says to whoever was refused."""

from chassis.problems import CHINESE, ENGLISH, Refused, Words


def test_members_stand_beside_the_standard_ones() -> None:
    needed = Words({CHINESE: "审批", ENGLISH: "an approval"})
    told = Refused("not yet", members={"needed": needed}).document(ENGLISH)
    assert told == {
        "type": "/problems/refused",
        "title": "The request was refused",
        "status": 409,
        "detail": "not yet",
        "needed": "an approval",
    }


def test_members_never_displace_the_standard_ones() -> None:
    told = Refused("not yet", members={"status": "draft", "type": "other"}).document(ENGLISH)
    assert (told["status"], told["type"]) == (409, "/problems/refused")

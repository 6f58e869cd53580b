"""Groups and who is in them."""

from collections.abc import Callable
from typing import Any

Read = Callable[..., dict[str, Any]]


def test_every_agent_is_in_the_group_of_its_team(read: Read) -> None:
    groups = {row["id"] for row in read("groups?page[size]=100")["groups"]}
    agents = {row["id"] for row in read("users?role=agent&page[size]=100")["users"]}
    rows = read("group_memberships?page[size]=100")["group_memberships"]

    assert {row["user_id"] for row in rows} == agents
    assert {row["group_id"] for row in rows} <= groups

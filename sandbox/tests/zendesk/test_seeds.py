"""Columns that others copied from live accounts into a warehouse, against what the account shows here.

The tables are seeds of fivetran/dbt_zendesk (Apache-2.0); they are read where they are at hand, and not kept.
"""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Read = Callable[..., dict[str, Any]]
SEEDS = Path(__file__).parents[4] / "shared" / "reference" / "data" / "zendesk" / "dbt_seeds"
# The warehouse's own, what it took apart (`via_...`), and what the reference does not name.
APART = {
    "organization": {"_fivetran_synced"},
    "group": {"_fivetran_synced", "_fivetran_deleted"},
    "ticket": {
        "_fivetran_synced", "allow_channelback", "followup_ids", "forum_topic_id", "merged_ticket_ids",
        "system_client", "via_channel", "via_source_from_id", "via_source_from_title", "via_source_rel",
        "via_source_to_address", "via_source_to_name", "via_source_from_address", "via_followup_source_id",
    },
}  # fmt: skip


def seed(name: str) -> list[dict[str, str]]:
    path = SEEDS / f"{name}_data.csv"
    if not path.exists():
        pytest.skip(f"{path.name} is not at ../shared/reference/data/zendesk/dbt_seeds")
    with path.open(newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.mark.parametrize("name", sorted(APART))
def test_every_column_known_elsewhere_is_shown_here(read: Read, name: str) -> None:
    row = read(f"{name}s?page[size]=1")[f"{name}s"][0]

    assert set(seed(name)[0]) - APART[name] <= set(row)


def test_statuses_and_channels_known_elsewhere_are_those_used_here(read: Read) -> None:
    rows = read("incremental/tickets/cursor?start_time=0")["tickets"]
    known = seed("ticket")

    assert {row["status"] for row in rows} <= {row["status"] for row in known} | {"new", "open", "pending"}
    assert {row["via_channel"] for row in known} <= {row["via"]["channel"] for row in rows}


def test_policies_name_their_metrics_as_elsewhere(read: Read) -> None:
    here = {
        row["metric"] for policy in read("slas/policies")["sla_policies"] for row in policy["policy_metrics"]
    }

    assert here & {row["metric"] for row in seed("sla_policy_metric_history")} == {"first_reply_time"}

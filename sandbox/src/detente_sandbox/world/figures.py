"""Figures of a real helpdesk that the invented tickets follow.

Computed from "Incident management process enriched event log", UCI Machine Learning Repository, data set 498,
C. Amaral, M. Fantinato, S. Peres (2018), licence CC BY 4.0: 24,918 incidents, the last event of each. Only
these figures are kept here; a test computes them again. Priority 1 is the most urgent of 4.
The trail ends with every incident closed, so the share still open is taken inside it, a month after it
begins (1 April 2016).
"""

from itertools import pairwise

from detente_sandbox.world.model import HOUR_MS

INCIDENTS = 24_918
PRIORITY_SHARE = {1: 0.0108, 2: 0.0164, 3: 0.9417, 4: 0.0311}
QUANTILES = (0.0, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1.0)
# Hours from opening to resolution at QUANTILES.
RESOLUTION_HOURS = {
    1: (0.05, 1.27, 2.6, 17.23, 81.37, 275.5, 617.12, 960.33, 3719.33, 5056.48),
    2: (0.08, 0.63, 1.17, 5.2, 40.03, 204.52, 381.57, 503.45, 968.73, 3720.77),
    3: (0.0, 0.07, 0.1, 0.4, 21.55, 146.68, 374.67, 696.67, 2809.6, 8070.17),
    4: (0.0, 0.02, 0.03, 0.15, 5.07, 164.18, 503.12, 1664.4, 6473.85, 8020.27),
}
TARGET_MISSED_SHARE = {1: 0.9815, 2: 0.9951, 3: 0.3546, 4: 0.1589}
REOPENED_SHARE = 0.0110
OPEN_SHARE_AFTER_A_MONTH = 0.1983
# Arrivals by weekday (Monday first) and by hour of the day, as shares.
WEEKDAY_SHARE = (0.2387, 0.1987, 0.1960, 0.1647, 0.1537, 0.0256, 0.0226)
HOUR_SHARE = (
    0.0108, 0.0089, 0.0060, 0.0049, 0.0051, 0.0053, 0.0128, 0.0230, 0.1022, 0.1210, 0.1161, 0.0991,
    0.0539, 0.0660, 0.0905, 0.0855, 0.0749, 0.0431, 0.0187, 0.0119, 0.0091, 0.0144, 0.0098, 0.0069,
)  # fmt: skip
# Not of the trail: what a portal with a living queue shows, as agreed for the sandbox.
OPEN_SHARE = 0.18


def resolution_ms(priority: int, share: float) -> int:
    """Time from opening to resolution at quantile `share` (0 to 1), at least one minute."""
    hours = RESOLUTION_HOURS[priority]
    for (low, high), (short, long) in zip(pairwise(QUANTILES), pairwise(hours), strict=True):
        if share <= high:
            within = short + (long - short) * (share - low) / (high - low)
            return max(60_000, int(within * HOUR_MS))
    return int(hours[-1] * HOUR_MS)

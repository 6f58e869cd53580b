"""Cases: working time, the fold of a case's log, detection of conflicts, and escalation by stage."""

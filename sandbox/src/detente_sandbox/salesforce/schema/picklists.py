"""The values of the standard choices. Section 2.5 of the reference and the recorded describes [R]."""

CLEAN_STATUSES = (
    "Matched=In Sync|Different|Acknowledged=Reviewed|NotFound=Not Found|Inactive"
    "|Pending=Not Compared|SelectMatch=Select Match|Skipped"
)
ACCOUNT_TYPES = (
    "Prospect|Customer - Direct|Customer - Channel|Channel Partner / Reseller|Installation Partner"
    "|Technology Partner|Other"
)
INDUSTRIES = (
    "Agriculture|Apparel|Banking|Biotechnology|Chemicals|Communications|Construction|Consulting|Education"
    "|Electronics|Energy|Engineering|Entertainment|Environmental|Finance|Food & Beverage|Government"
    "|Healthcare|Hospitality|Insurance|Machinery|Manufacturing|Media|Not For Profit|Recreation|Retail"
    "|Shipping|Technology|Telecommunications|Transportation|Utilities|Other"
)
OWNERSHIPS = "Public|Private|Subsidiary|Other"
RATINGS = "Hot|Warm|Cold"
SOURCES = "Web|Phone Inquiry|Partner Referral|Purchased List|Other"
STAGES = (
    "Prospecting|Qualification|Needs Analysis|Value Proposition|Id. Decision Makers|Perception Analysis"
    "|Proposal/Price Quote|Negotiation/Review|Closed Won|Closed Lost"
)
OPPORTUNITY_TYPES = (
    "Existing Customer - Upgrade|Existing Customer - Replacement|Existing Customer - Downgrade|New Customer"
)
FORECAST_CATEGORIES = "Omitted|Pipeline|BestCase=Best Case|MostLikely=Most Likely|Forecast=Commit|Closed"
FORECAST_NAMES = "Omitted|Pipeline|Best Case|Commit|Closed"
CASE_TYPES = "Mechanical|Electrical|Electronic|Structural|Other"
CASE_STATUSES = "New*|Working|Escalated|Closed"
CASE_REASONS = "Installation|Equipment Complexity|Performance|Breakdown|Equipment Design|Feedback|Other"
CASE_ORIGINS = "Phone|Email|Web"
CASE_PRIORITIES = "High|Medium*|Low"
SALUTATIONS = "Mr.|Ms.|Mrs.|Dr.|Prof."
# Not recorded: the usual values of tasks [U].
TASK_STATUSES = "Not Started*|In Progress|Completed|Waiting on someone else|Deferred"
TASK_PRIORITIES = "High|Normal*|Low"

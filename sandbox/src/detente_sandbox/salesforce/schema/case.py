"""The fields of Case that the vendor brings, and the milestones of its entitlements.

Section 2.5 of the reference: Case [R]; CaseMilestone [D], its field attributes [U].
"""

from detente_sandbox.salesforce.schema.field import (
    Field,
    deleted,
    link,
    long_text,
    moment,
    owner,
    picklist,
    record_id,
    seen,
    stamps,
    text,
    truth,
    whole,
)
from detente_sandbox.salesforce.schema.picklists import (
    CASE_ORIGINS,
    CASE_PRIORITIES,
    CASE_REASONS,
    CASE_STATUSES,
    CASE_TYPES,
)

CASE: tuple[Field, ...] = (
    record_id("Case ID"),
    deleted(),
    link("MasterRecordId", "Case", "MasterRecord", "Master Record ID", "readonly"),
    text(
        "CaseNumber",
        30,
        "Case Number",
        "readonly required defaulted ungroupable name lookup",
        is_auto_number=True,
    ),
    link("ContactId", "Contact", "Contact", "Contact ID"),
    link("AccountId", "Account", "Account", "Account ID"),
    link("ParentId", "Case", "Parent", "Parent Case ID"),
    text("SuppliedName", 80, "Name"),
    text("SuppliedEmail", 80, "Email Address", kind="email"),
    text("SuppliedPhone", 40, "Phone"),
    text("SuppliedCompany", 80, "Company"),
    picklist("Type", 40, "Case Type", CASE_TYPES),
    picklist("Status", 40, "Status", CASE_STATUSES, "unhideable"),
    picklist("Reason", 40, "Case Reason", CASE_REASONS),
    picklist("Origin", 40, "Case Origin", CASE_ORIGINS),
    text("Subject", 255, "Subject"),
    picklist("Priority", 40, "Priority", CASE_PRIORITIES),
    long_text("Description", 32_000, "Description"),
    truth("IsClosed", "Closed", "readonly"),
    moment("ClosedDate", "Closed Date", "readonly hideable"),
    truth("IsEscalated", "Escalated", "hideable"),
    owner("Group|User"),
    *stamps(),
    text("ContactPhone", 40, "Contact Phone", "readonly", kind="phone"),
    text("ContactMobile", 40, "Contact Mobile", "readonly", kind="phone"),
    text("ContactEmail", 80, "Contact Email", "readonly", kind="email"),
    text("ContactFax", 40, "Contact Fax", "readonly", kind="phone"),
    *seen(),
)

MILESTONE_TYPE: tuple[Field, ...] = (
    record_id("Milestone Type ID"),
    text("Name", 80, "Name", "required name"),
    text("Description", 255, "Description"),
    *stamps(),
)

# Values that follow the present; they are made when a row is shown.
RUNNING = (
    "IsViolated",
    "ElapsedTimeInDays",
    "ElapsedTimeInHrs",
    "ElapsedTimeInMins",
    "TimeRemainingInMins",
    "TimeSinceTargetInMins",
)

CASE_MILESTONE: tuple[Field, ...] = (
    record_id("Case Milestone ID"),
    deleted(),
    link("CaseId", "Case", "Case", "Case ID", "readonly required"),
    moment("StartDate", "Start Date", "unhideable updateonly"),
    moment("TargetDate", "Target Date", "readonly"),
    moment("CompletionDate", "Completion Date", "unhideable updateonly"),
    link("MilestoneTypeId", "MilestoneType", "MilestoneType", "Milestone Type ID", "readonly required"),
    truth("IsCompleted", "Completed", "readonly"),
    truth("IsViolated", "Violation", "readonly unfilterable unsortable"),
    whole("TargetResponseInMins", "Target Response (Minutes)", "readonly"),
    whole("TargetResponseInHrs", "Target Response (Hours)", "readonly"),
    whole("TargetResponseInDays", "Target Response (Days)", "readonly"),
    text("TimeRemainingInMins", 20, "Time Remaining (Min:Sec)", "readonly unfilterable unsortable"),
    text("TimeSinceTargetInMins", 20, "Time Since Target (Min:Sec)", "readonly unfilterable unsortable"),
    whole("ElapsedTimeInMins", "Elapsed Time (Minutes)", "readonly unfilterable unsortable"),
    whole("ElapsedTimeInHrs", "Elapsed Time (Hours)", "readonly unfilterable unsortable"),
    whole("ElapsedTimeInDays", "Elapsed Time (Days)", "readonly unfilterable unsortable"),
    link("BusinessHoursId", "BusinessHours", "BusinessHours", "Business Hours ID", "readonly"),
    *stamps(),
)

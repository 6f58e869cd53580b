"""The org's own people, queues and company record, and tasks.

Section 2.5 of the reference; field attributes are not recorded and [U]. Organization is a recorded row [R].
"""

from detente_sandbox.salesforce.schema.field import (
    Field,
    day,
    deleted,
    link,
    long_text,
    owner,
    picklist,
    record_id,
    stamps,
    text,
    truth,
)
from detente_sandbox.salesforce.schema.picklists import TASK_PRIORITIES, TASK_STATUSES

USER: tuple[Field, ...] = (
    record_id("User ID"),
    text("Username", 80, "Username", "required lookup"),
    text("LastName", 80, "Last Name", "required"),
    text("FirstName", 40, "First Name", "unhideable"),
    text("Name", 121, "Full Name", "readonly required name"),
    text("Email", 128, "Email", "required", kind="email"),
    text("Title", 80, "Title", "unhideable"),
    text("Department", 80, "Department", "unhideable"),
    truth("IsActive", "Active", default=True),
    picklist(
        "UserType",
        40,
        "User Type",
        "Standard|PowerPartner|CspLitePortal|Guest",
        "readonly required restricted",
    ),
    link("ManagerId", "User", "Manager", "Manager ID", "unhideable"),
    link("ProfileId", "Profile", "Profile", "Profile ID", "required"),
    link("UserRoleId", "UserRole", "UserRole", "Role ID", "unhideable"),
    link("ContactId", "Contact", "Contact", "Contact ID", "readonly"),
    link("AccountId", "Account", "Account", "Account ID", "readonly"),
    text("TimeZoneSidKey", 40, "Time Zone", "required"),
    *stamps(),
)

GROUP: tuple[Field, ...] = (
    record_id("Group ID"),
    text("Name", 40, "Name", "required name"),
    text("DeveloperName", 80, "Developer Name", "unhideable"),
    picklist("Type", 40, "Type", "Regular|Role|Queue", "required restricted createonly"),
    *stamps(),
)

ORGANIZATION: tuple[Field, ...] = (
    record_id("Organization ID"),
    text("Name", 80, "Name", "required name"),
    text("Country", 80, "Country", "unhideable"),
    text("DefaultLocaleSidKey", 40, "Locale", "required"),
    text("TimeZoneSidKey", 40, "Time Zone", "required"),
    text("LanguageLocaleKey", 40, "Language", "required"),
    text("OrganizationType", 40, "Edition", "readonly required"),
    text("InstanceName", 5, "Instance Name", "readonly required"),
    truth("IsSandbox", "Is Sandbox", "readonly"),
    *stamps(),
)

TASK: tuple[Field, ...] = (
    record_id("Activity ID"),
    link("WhoId", "Contact", "Who", "Name ID"),
    link("WhatId", "Account|Case|Opportunity", "What", "Related To ID"),
    text("Subject", 255, "Subject"),
    day("ActivityDate", "Due Date Only"),
    picklist("Status", 255, "Status", TASK_STATUSES, "unhideable"),
    picklist("Priority", 255, "Priority", TASK_PRIORITIES, "unhideable"),
    truth("IsHighPriority", "High Priority", "readonly"),
    owner("Group|User"),
    long_text("Description", 32_000, "Description"),
    deleted(),
    link("AccountId", "Account", "Account", "Account ID", "readonly"),
    truth("IsClosed", "Closed", "readonly"),
    *stamps(),
)

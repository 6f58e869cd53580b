"""Custom fields that the firm itself defined before any integration came."""

from detente_sandbox.salesforce.schema.field import Field, day, moment, number, picklist, text, truth

# `Customer_Number__c` is an external id without being unique: two records of one customer carry the same.
FIRM_FIELDS: dict[str, tuple[Field, ...]] = {
    "Account": (
        text("Customer_Number__c", 20, "Customer Number", "external"),
        number("ARR__c", 16, 2, "ARR", kind="currency"),
        day("Renewal_Date__c", "Renewal Date"),
        day("Contract_Start__c", "Contract Start"),
        number("Expansion_Likelihood__c", 3, 2, "Expansion Likelihood"),
        truth("Reference_Customer__c", "Reference Customer", "hideable"),
        picklist("Industry_Influence__c", 255, "Industry Influence", "low|medium|high", "restricted"),
        picklist("Uptime_Exposure__c", 255, "Uptime Exposure", "none|business_hours|always_on", "restricted"),
        picklist(
            "Compliance_Sensitivity__c",
            255,
            "Compliance Sensitivity",
            "standard|regulated|critical",
            "restricted",
        ),
        number("Data_Security_Tier__c", 1, 0, "Data Security Tier"),
        number("Cost_To_Serve__c", 16, 2, "Cost to Serve", kind="currency"),
        number("Cross_Team_Dependencies__c", 4, 0, "Cross-Team Dependencies"),
        text("Partner_Of_Record__c", 40, "Partner of Record"),
    ),
    "Opportunity": (
        text("Partner__c", 40, "Partner"),
        moment("Registered_At__c", "Registered At"),
    ),
    "Case": (number("Reopen_Count__c", 4, 0, "Reopen Count"),),
}

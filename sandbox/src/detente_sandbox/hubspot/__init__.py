"""A HubSpot portal as the reference describes it; what it does not describe is answered 501."""

from django.apps import AppConfig


class ComplianceConfig(AppConfig):
    name = "marketplace.compliance"
    only_added_to = ("AuditEvent", "AuditLink", "AuditHead")  # by the application's role

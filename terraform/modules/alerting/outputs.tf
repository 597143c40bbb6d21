output "ticket_channels" {
  description = "Channels that tickets go to."
  value       = [for c in google_monitoring_notification_channel.ticket : c.id]
}

output "alerts" {
  description = "Names of all alerts with the page in terraform/runbooks that each has."
  value       = { for n, a in local.alerts : n => try(a.runbook, n) }
}

output "policies" {
  description = "What is watched, as planned: severity, queries by condition, and the first line of the page."
  value = { for n, p in google_monitoring_alert_policy.this : n => {
    severity = p.severity
    labels   = p.user_labels
    queries  = { for c in p.conditions : c.display_name => c.condition_prometheus_query_language[0].query }
    page     = p.documentation[0].content
  } }
}

# Alerts as data: a name, how urgent, and conditions in PromQL; all become policies in one place. A new
# alert is an entry in one of the other files and a page in terraform/runbooks with its name.

locals {
  alerts = merge(local.slo_alerts, local.feed_alerts, local.books_alerts, local.platform_alerts, local.door_alerts, local.job_alerts)

  # A page wakes somebody. A ticket waits for the morning.
  channels = {
    page   = concat([for c in google_monitoring_notification_channel.page : c.id], var.page_channels)
    ticket = [for c in google_monitoring_notification_channel.ticket : c.id]
  }
}

resource "google_monitoring_notification_channel" "page" {
  for_each     = toset(var.page_emails)
  project      = var.project_id
  display_name = "Pages to ${each.key}"
  type         = "email"
  labels       = { email_address = each.key }
  user_labels  = var.labels
}

resource "google_monitoring_notification_channel" "ticket" {
  for_each     = toset(var.ticket_emails)
  project      = var.project_id
  display_name = "Tickets to ${each.key}"
  type         = "email"
  labels       = { email_address = each.key }
  user_labels  = var.labels
}

resource "google_monitoring_alert_policy" "this" {
  for_each              = local.alerts
  project               = var.project_id
  display_name          = each.key
  combiner              = "OR"
  severity              = each.value.severity == "page" ? "CRITICAL" : "WARNING"
  notification_channels = local.channels[each.value.severity]
  user_labels           = merge(var.labels, { runbook = lower(try(each.value.runbook, each.key)) })

  dynamic "conditions" {
    for_each = each.value.conditions
    content {
      display_name = conditions.key
      condition_prometheus_query_language {
        query               = conditions.value.query
        duration            = "${conditions.value.minutes * 60}s"
        evaluation_interval = "${local.evaluation_seconds}s"
        rule_group          = "innkeep"
        alert_rule          = try(each.value.runbook, each.key)
        # On a new project nothing has been counted yet.
        disable_metric_validation = true
      }
    }
  }

  # Whoever is woken has the page in his hands.
  documentation {
    subject   = "Innkeep: ${each.key}"
    mime_type = "text/markdown"
    content   = "${each.value.summary}\n\n${file("${path.module}/../../runbooks/${try(each.value.runbook, each.key)}.md")}"
  }

  alert_strategy {
    auto_close = "1800s" # the shortest there is: half an hour without data ends it
  }
}

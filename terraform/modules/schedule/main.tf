# The sweep of a pubsub function: Cloud Scheduler calls it by HTTP, so that a stuck subscription does
# not stop it.

resource "google_cloud_scheduler_job" "this" {
  project     = var.project_id
  region      = var.region
  name        = var.function.name
  description = "Sweep of ${var.function.name}: ${var.function.description}"
  schedule    = var.function.schedule
  time_zone   = "Etc/UTC"
  # At least 15 s, as Cloud Scheduler wants it.
  attempt_deadline = "${max(15, var.function.timeoutSeconds + 5)}s"
  # The next sweep is the next attempt; a daily one is tried again for an hour.
  retry_config {
    retry_count          = var.period_seconds > 3600 ? 5 : 0
    min_backoff_duration = "60s"
    max_retry_duration   = "3600s"
  }
  http_target {
    uri         = var.url
    http_method = "POST"
    body        = base64encode("{\"sweep\":true}")
    headers     = { "Content-Type" = "application/json" }
    oidc_token {
      service_account_email = var.caller_email
      audience              = var.url
    }
  }
}

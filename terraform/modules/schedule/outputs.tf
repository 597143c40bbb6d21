output "job" {
  description = "Name of the job."
  value       = google_cloud_scheduler_job.this.name
}

output "settings" {
  description = "When and how the sweep is called, as planned."
  value = {
    schedule = google_cloud_scheduler_job.this.schedule
    body     = base64decode(google_cloud_scheduler_job.this.http_target[0].body)
    audience = google_cloud_scheduler_job.this.http_target[0].oidc_token[0].audience
  }
}

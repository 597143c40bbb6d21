output "subscription" {
  description = "Name of the push subscription."
  value       = google_pubsub_subscription.this.name
}

output "dead_letter_subscription" {
  description = "Name of the subscription that keeps dead letters."
  value       = google_pubsub_subscription.dead_letter.name
}

output "settings" {
  description = "How messages come, as planned."
  value = {
    ordered      = google_pubsub_subscription.this.enable_message_ordering
    ack_deadline = google_pubsub_subscription.this.ack_deadline_seconds
    endpoint     = google_pubsub_subscription.this.push_config[0].push_endpoint
    audience     = google_pubsub_subscription.this.push_config[0].oidc_token[0].audience
    min_backoff  = google_pubsub_subscription.this.retry_policy[0].minimum_backoff
    max_backoff  = google_pubsub_subscription.this.retry_policy[0].maximum_backoff
    attempts     = google_pubsub_subscription.this.dead_letter_policy[0].max_delivery_attempts
    labels       = google_pubsub_subscription.this.labels
  }
}

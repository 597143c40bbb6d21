# How a pubsub function gets its messages: an account that may call this function and nothing else, a
# push subscription with its token, and a dead-letter topic of its own, so that what went wrong can be
# sent to that function again and to no other. Cloud Scheduler calls with the same account.

locals {
  pubsub_agent = "serviceAccount:service-${var.project_number}@gcp-sa-pubsub.iam.gserviceaccount.com"
  dead_letter  = "${var.function.name}-dead-letter"
}

# Pub/Sub makes tokens of this account.
resource "google_service_account_iam_member" "token" {
  service_account_id = var.caller.name
  role               = "roles/iam.serviceAccountOpenIdTokenCreator"
  member             = local.pubsub_agent
}

resource "google_pubsub_topic" "dead_letter" {
  project                    = var.project_id
  name                       = local.dead_letter
  labels                     = var.labels
  message_retention_duration = "2678400s" # 31 days, the most there is: long enough for a holiday
  message_storage_policy {
    allowed_persistence_regions = var.storage_regions
  }
}

# It keeps what comes until a person has looked.
resource "google_pubsub_subscription" "dead_letter" {
  project                    = var.project_id
  name                       = local.dead_letter
  topic                      = google_pubsub_topic.dead_letter.id
  labels                     = var.labels
  ack_deadline_seconds       = 60
  message_retention_duration = "2678400s"
  expiration_policy { ttl = "" }
}

resource "google_pubsub_subscription" "this" {
  project                    = var.project_id
  name                       = var.function.name
  topic                      = var.topic_id
  labels                     = merge(var.labels, { service = var.function.service, function = var.function.name })
  enable_message_ordering    = var.function.subscription.ordered
  ack_deadline_seconds       = var.function.subscription.ackDeadlineSeconds
  message_retention_duration = "${var.retention_hours * 3600}s"
  expiration_policy { ttl = "" } # a quiet month is no reason to go

  push_config {
    push_endpoint = var.url
    oidc_token {
      service_account_email = var.caller.email
      audience              = var.url
    }
  }
  retry_policy {
    minimum_backoff = "${var.function.subscription.minBackoffMillis / 1000}s"
    maximum_backoff = "${var.function.subscription.maxBackoffSeconds}s"
  }
  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.dead_letter.id
    max_delivery_attempts = var.function.subscription.maxDeliveryAttempts
  }
  depends_on = [google_pubsub_topic_iam_member.dead_letter, google_service_account_iam_member.token]
}

# Without these two Pub/Sub delivers for ever and puts nothing aside.
resource "google_pubsub_topic_iam_member" "dead_letter" {
  project = var.project_id
  topic   = google_pubsub_topic.dead_letter.name
  role    = "roles/pubsub.publisher"
  member  = local.pubsub_agent
}

resource "google_pubsub_subscription_iam_member" "dead_letter" {
  project      = var.project_id
  subscription = google_pubsub_subscription.this.name
  role         = "roles/pubsub.subscriber"
  member       = local.pubsub_agent
}

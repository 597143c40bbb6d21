# A topic. The form of its messages stands below schemas/ and is checked by whoever publishes: Pub/Sub
# itself takes Avro and protocol buffers only, and ours are CloudEvents in JSON.

resource "google_pubsub_topic" "this" {
  project                    = var.project_id
  name                       = var.name
  labels                     = var.labels
  message_retention_duration = "${var.retention_hours * 3600}s"
  message_storage_policy {
    allowed_persistence_regions = var.storage_regions
  }
}

# Who may publish to it, and nobody else.
resource "google_pubsub_topic_iam_member" "publisher" {
  for_each = var.publishers
  project  = var.project_id
  topic    = google_pubsub_topic.this.name
  role     = "roles/pubsub.publisher"
  member   = each.value
}

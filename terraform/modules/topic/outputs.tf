output "id" {
  description = "Topic as subscriptions name it, projects/P/topics/T."
  value       = google_pubsub_topic.this.id
}

output "name" {
  description = "Name of the topic."
  value       = google_pubsub_topic.this.name
}

output "publishers" {
  description = "Functions that may publish."
  value       = keys(google_pubsub_topic_iam_member.publisher)
}

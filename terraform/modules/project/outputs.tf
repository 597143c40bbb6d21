output "uploads_bucket" {
  description = "Bucket that uploads of functions go to."
  value       = google_storage_bucket.uploads.name
}

output "docker_repository" {
  description = "Repository of the functions' images, projects/P/locations/L/repositories/R."
  value       = google_artifact_registry_repository.functions.id
}

output "build_account" {
  description = "Service account that builds functions, projects/P/serviceAccounts/E."
  value       = google_service_account.build.name
}

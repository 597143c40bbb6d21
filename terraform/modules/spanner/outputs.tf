output "instance" {
  description = "Name of the instance."
  value       = google_spanner_instance.this.name
}

output "database" {
  description = "Name of the database in its instance."
  value       = google_spanner_database.this.name
}

output "database_name" {
  description = "Full name of the database, as scripts and functions take it."
  value       = "projects/${var.project_id}/instances/${google_spanner_instance.this.name}/databases/${google_spanner_database.this.name}"
}

output "protection" {
  description = "Whether the database refuses to be dropped, by Terraform and by anybody."
  value       = [google_spanner_database.this.deletion_protection, google_spanner_database.this.enable_drop_protection]
}

output "size" {
  description = "The instance's limits, as planned."
  value = {
    processing_units = google_spanner_instance.this.processing_units
    autoscaling      = google_spanner_instance.this.autoscaling_config
    config           = google_spanner_instance.this.config
    retention        = google_spanner_backup_schedule.full.retention_duration
  }
}

output "name" {
  description = "Name of the function and of its Cloud Run service."
  value       = google_cloudfunctions2_function.this.name
}

output "settings" {
  description = "What the function runs with, as planned."
  value = {
    entry_point     = google_cloudfunctions2_function.this.build_config[0].entry_point
    object          = google_cloudfunctions2_function.this.build_config[0].source[0].storage_source[0].object
    labels          = google_cloudfunctions2_function.this.labels
    concurrency     = google_cloudfunctions2_function.this.service_config[0].max_instance_request_concurrency
    min_instances   = google_cloudfunctions2_function.this.service_config[0].min_instance_count
    max_instances   = google_cloudfunctions2_function.this.service_config[0].max_instance_count
    memory          = google_cloudfunctions2_function.this.service_config[0].available_memory
    cpu             = google_cloudfunctions2_function.this.service_config[0].available_cpu
    timeout_seconds = google_cloudfunctions2_function.this.service_config[0].timeout_seconds
    environment     = google_cloudfunctions2_function.this.service_config[0].environment_variables
    ingress         = google_cloudfunctions2_function.this.service_config[0].ingress_settings
    invokers        = { for k, m in google_cloud_run_v2_service_iam_member.invoker : k => m.member }
    role_condition  = google_spanner_database_iam_member.role.condition[0].expression
    firestore       = [for r in keys(google_project_iam_member.firestore) : r]
  }
}

output "ids" {
  description = "The dashboards, by name."
  value       = { for n, d in google_monitoring_dashboard.this : n => d.id }
}

output "id" {
  description = "Name of the budget."
  value       = google_billing_budget.this.name
}

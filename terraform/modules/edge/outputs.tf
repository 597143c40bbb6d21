output "address" {
  description = "Address that the domains' DNS records lead to."
  value       = google_compute_global_address.this.address
}

output "database" {
  description = "Name of the database."
  value       = google_firestore_database.this.name
}

output "protection" {
  description = "Whether the database refuses to be deleted: DELETE_PROTECTION_ENABLED or _DISABLED."
  value       = google_firestore_database.this.delete_protection_state
}

output "exempt" {
  description = "Fields without an index, <collection>.<field>, in order."
  value       = sort(concat(keys(google_firestore_field.exempt), keys(google_firestore_field.expiring)))
}

output "expiring" {
  description = "Fields by which documents expire, <collection>.<field>, in order."
  value       = [for n, f in google_firestore_field.expiring : n if length(f.ttl_config) == 1]
}

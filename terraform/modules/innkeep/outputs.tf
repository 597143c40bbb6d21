output "database" {
  description = "The database, as scripts/migrate and scripts/verify take it."
  value       = module.spanner.database_name
}

output "uploads_bucket" {
  description = "Bucket that scripts/stage puts uploads into."
  value       = module.project.uploads_bucket
}

output "address" {
  description = "Address that the DNS records of the domains lead to; empty without a load balancer."
  value       = one([for e in module.edge : e.address])
}

output "functions" {
  description = "Address of each function, for whoever may call it."
  value       = { for n in local.staged : n => local.urls[n] }
}

output "database_roles" {
  description = "Each function's database role; scripts/migrate makes them."
  value       = local.database_roles
}

output "protection" {
  description = "What keeps the databases from being deleted."
  value       = { spanner = module.spanner.protection, firestore = module.firestore.protection }
}

output "size" {
  description = "The database's limits, as planned."
  value       = module.spanner.size
}

output "settings" {
  description = "What each function runs with, as planned."
  value       = { for n, f in module.function : n => f.settings }
}

output "alerts" {
  description = "What is watched, with the page in terraform/runbooks that each alert has."
  value       = module.alerting.alerts
}

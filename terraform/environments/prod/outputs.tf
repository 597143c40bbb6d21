output "database" {
  description = "The database, as scripts/migrate and scripts/verify take it."
  value       = module.innkeep.database
}

output "uploads_bucket" {
  description = "Bucket that scripts/stage puts uploads into."
  value       = module.innkeep.uploads_bucket
}

output "address" {
  description = "Address that the DNS records of the domains lead to; null without a load balancer."
  value       = module.innkeep.address
}

output "functions" {
  description = "Address of each function, for whoever may call it."
  value       = module.innkeep.functions
}

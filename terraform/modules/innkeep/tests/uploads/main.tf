# For tests: an upload of every function of the catalogue, as scripts/stage would write it.

terraform {
  required_version = ">= 1.9.0"
}

locals {
  catalogue = yamldecode(file("${path.module}/../../../../../functions/catalogue.yaml"))
}

output "staged" {
  description = "Uploads by function."
  value = { for f in local.catalogue.functions : f.name => {
    object = "${f.name}-${sha256(f.name)}.zip"
    sha256 = sha256(f.name)
  } }
}

output "functions" {
  description = "The catalogue's functions, by name."
  value       = { for f in local.catalogue.functions : f.name => f }
}

# Small and cheap: one tenth of a node, everything scales to zero, nothing is protected.

locals {
  region = "europe-west1"
}

module "innkeep" {
  source       = "../../modules/innkeep"
  environment  = "dev"
  project_id   = var.project_id
  region       = local.region
  staged       = var.staged
  oidc         = var.oidc
  operator_org = var.operator_org
  budget       = var.budget

  spanner = {
    config           = "regional-${local.region}"
    edition          = "STANDARD"
    processing_units = 100
    backup_days      = 7
  }
  firestore_location  = local.region
  message_regions     = [local.region]
  protected           = false
  audit_data_access   = false
  most_instances      = 3
  most_warm_instances = 0

  edge   = { domains = var.domains, origins = var.origins }
  alerts = var.alerts
}

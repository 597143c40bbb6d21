# Shaped as production in one region, so that what holds here holds there; load tests run here.

locals {
  region = "europe-west1"
}

module "innkeep" {
  source       = "../../modules/innkeep"
  environment  = "staging"
  project_id   = var.project_id
  region       = local.region
  staged       = var.staged
  oidc         = var.oidc
  operator_org = var.operator_org
  budget       = var.budget

  spanner = {
    config  = "regional-${local.region}"
    edition = "ENTERPRISE"
    autoscaling = {
      min_processing_units = 1000
      max_processing_units = 10000
      cpu_percent          = 55
      storage_percent      = 70
    }
    backup_days = 14
  }
  firestore_location  = local.region
  message_regions     = [local.region]
  protected           = true
  audit_data_access   = true
  most_instances      = 100
  most_warm_instances = 1

  edge   = { domains = var.domains, origins = var.origins, adaptive_protection = true, log_sample_rate = 1 }
  alerts = var.alerts
}

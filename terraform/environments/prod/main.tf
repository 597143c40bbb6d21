# eur3: Belgium leads, the Netherlands vote and answer stale reads, Finland is the witness. The loss of a
# region is survived by database, cache and messages; the functions stand in the leader's region, and
# terraform/runbooks/README.md says how they move.

locals {
  region = "europe-west1"
}

module "innkeep" {
  source       = "../../modules/innkeep"
  environment  = "prod"
  project_id   = var.project_id
  region       = local.region
  staged       = var.staged
  oidc         = var.oidc
  operator_org = var.operator_org
  budget       = var.budget

  spanner = {
    config  = "eur3"
    edition = "ENTERPRISE_PLUS"
    autoscaling = {
      min_processing_units = 3000
      max_processing_units = 30000
      cpu_percent          = 40 # of 45, which several regions take
      storage_percent      = 70
    }
    backup_days = 35
  }
  # Reports of the past and consumers that catch up read in the Netherlands, some milliseconds farther away,
  # so that Belgium, where the leader is, has its processors for posts.
  read_routes = [{ name = "netherlands", location = "europe-west4", type = "READ_WRITE" }]

  firestore_location  = "eur3"
  message_regions     = [local.region, "europe-west4"]
  protected           = true
  audit_data_access   = true
  most_instances      = 1000
  most_warm_instances = 10

  edge   = { domains = var.domains, origins = var.origins, adaptive_protection = true, log_sample_rate = 0.1 }
  alerts = merge(var.alerts, { spanner_cpu_percent = 45 })
}

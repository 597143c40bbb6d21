# Everything that an environment has, made of the other modules. An environment calls this one with
# its values and does nothing else.

locals {
  labels = merge(var.labels, { app = "innkeep", environment = var.environment })
}

module "project" {
  source     = "../project"
  project_id = var.project_id
  region     = var.region
  labels     = local.labels
}

module "spanner" {
  source              = "../spanner"
  project_id          = var.project_id
  labels              = local.labels
  database            = var.spanner.database
  config              = var.spanner.config
  edition             = var.spanner.edition
  processing_units    = var.spanner.processing_units
  autoscaling         = var.spanner.autoscaling
  base_replicas       = var.spanner.base_replicas
  read_only_locations = var.spanner.read_only_locations
  backup_days         = var.spanner.backup_days
  protected           = var.protected
  depends_on          = [module.project]
}

module "firestore" {
  source      = "../firestore"
  project_id  = var.project_id
  location    = var.firestore_location
  protected   = var.protected
  collections = local.collections
  depends_on  = [module.project]
}

module "topic" {
  source          = "../topic"
  for_each        = local.topics
  project_id      = var.project_id
  name            = each.key
  labels          = local.labels
  retention_hours = each.value.retentionHours
  storage_regions = var.message_regions
  publishers = {
    for n in local.staged : n => google_service_account.function[n].member if contains(try(local.functions[n].publishes, []), each.key)
  }
  depends_on = [module.project]
}

# Reads and writes of money outside of the functions: an operator's query is seen here. The
# functions' own acts are events.
resource "google_project_iam_audit_config" "spanner" {
  count   = var.audit_data_access ? 1 : 0
  project = var.project_id
  service = "spanner.googleapis.com"
  dynamic "audit_log_config" {
    for_each = ["ADMIN_READ", "DATA_READ", "DATA_WRITE"]
    content {
      log_type         = audit_log_config.value
      exempted_members = [for a in google_service_account.function : a.member]
    }
  }
}

module "edge" {
  source              = "../edge"
  for_each            = length(var.edge.domains) > 0 ? setintersection(local.public, local.staged) : []
  project_id          = var.project_id
  region              = var.region
  labels              = local.labels
  service             = module.function[each.key].name
  domains             = var.edge.domains
  requests_per_minute = var.edge.requests_per_minute
  adaptive_protection = var.edge.adaptive_protection
  blocked_ranges      = var.edge.blocked_ranges
  log_sample_rate     = var.edge.log_sample_rate
}

module "alerting" {
  source              = "../alerting"
  project_id          = var.project_id
  labels              = local.labels
  page_emails         = var.alerts.page_emails
  page_channels       = var.alerts.page_channels
  ticket_emails       = var.alerts.ticket_emails
  spanner_cpu_percent = var.alerts.spanner_cpu_percent
  domains             = var.edge.domains
  periods             = length(local.staged) > 0 ? local.periods : {}
  streams             = [for n, f in local.functions : n if try(f.stream, false)]
  depends_on          = [module.project]
}

module "dashboards" {
  source     = "../dashboards"
  project_id = var.project_id
  labels     = local.labels
  depends_on = [module.project]
}

module "budget" {
  source          = "../budget"
  for_each        = var.budget == null ? {} : { month = var.budget }
  billing_account = each.value.billing_account
  currency        = each.value.currency
  units           = each.value.units
  environment     = var.environment
  project_number  = data.google_project.this.number
  channels        = slice(module.alerting.ticket_channels, 0, min(5, length(module.alerting.ticket_channels)))
}

# Each function of the catalogue, and what calls it.

locals {
  platform = {
    project_id          = var.project_id
    region              = var.region
    labels              = local.labels
    runtime             = var.runtime
    uploads_bucket      = module.project.uploads_bucket
    docker_repository   = module.project.docker_repository
    build_account       = module.project.build_account
    most_instances      = var.most_instances
    most_warm_instances = var.most_warm_instances
  }

  # What Spanner may grow to. From 6 nodes on it is asked to divide the tables at the bounds of the shards,
  # 60 points: ten a node (schemas/decisions/0038).
  most_units = try(var.spanner.autoscaling.max_processing_units, null) != null ? var.spanner.autoscaling.max_processing_units : var.spanner.processing_units
  divides    = local.most_units >= 6000
  dividers   = [for n, f in local.functions : n if contains(f.roles, "partition_keeper")]

  # What every function is told. Telemetry goes by OTLP; its variables are OpenTelemetry's own.
  environment = {
    INNKEEP_SPANNER_DATABASE    = module.spanner.database_name
    INNKEEP_PROJECT             = var.project_id
    INNKEEP_OPERATOR_ORG        = var.operator_org
    INNKEEP_OIDC_ISSUER         = var.oidc.issuer
    INNKEEP_OIDC_AUDIENCE       = var.oidc.audience
    INNKEEP_OIDC_KEYS_URL       = var.oidc.keys_url
    INNKEEP_SPANNER_UNITS       = tostring(local.most_units)
    INNKEEP_SPLIT_POINTS        = local.divides ? "true" : ""
    OTEL_EXPORTER_OTLP_ENDPOINT = "https://telemetry.googleapis.com"
    OTEL_RESOURCE_ATTRIBUTES = join(",", [
      "service.namespace=innkeep", "deployment.environment.name=${var.environment}",
      "gcp.project_id=${var.project_id}", "cloud.region=${var.region}",
    ])
  }

  # Pub/Sub and the scheduler call from inside of the project; the edge calls the others from an
  # instance of its own, so there it is IAM that refuses everybody else.
  ingress = merge(
    { for n in local.private : n => "ALLOW_ALL" },
    { for n in local.called : n => "ALLOW_INTERNAL_ONLY" },
    { for n in local.public : n => "ALLOW_INTERNAL_AND_GCLB" },
  )

  # The public function calls the private ones, and each function that Pub/Sub or the scheduler calls has a caller of its own.
  public_members = { for p in local.public : p => google_service_account.function[p].member if contains(local.staged, p) }
}

resource "google_service_account" "function" {
  for_each     = local.staged
  project      = var.project_id
  account_id   = "fn-${each.key}"
  display_name = "Function ${each.key}"
  description  = local.functions[each.key].description
  depends_on   = [module.project]
  lifecycle {
    precondition {
      condition     = length("call-${each.key}") <= 30
      error_message = "A service account's id has 30 characters at most, so a function's name has 25."
    }
  }
}

# Pub/Sub and the scheduler call a function with this account, which may call no other.
resource "google_service_account" "caller" {
  for_each     = setintersection(local.called, local.staged)
  project      = var.project_id
  account_id   = "call-${each.key}"
  display_name = "Calls ${each.key}"
  description  = "Pub/Sub and Cloud Scheduler call the function ${each.key} with it, and nothing else."
  depends_on   = [module.project]
}

module "function" {
  source    = "../function"
  for_each  = local.staged
  platform  = local.platform
  function  = local.functions[each.key]
  account   = google_service_account.function[each.key]
  object    = var.staged[each.key].object
  database  = { instance = module.spanner.instance, name = module.spanner.database, role = local.database_roles[each.key] }
  firestore = { database = module.firestore.database, access = try(local.functions[each.key].firestore, "none") }
  ingress   = local.ingress[each.key]
  secrets   = lookup(var.secrets, each.key, {})
  environment = merge(
    { for k, v in local.environment : k => v if v != "" },
    {
      INNKEEP_SPANNER_ROLE = local.database_roles[each.key]
      OTEL_SERVICE_NAME    = each.key
    },
    contains(local.routed, each.key) && length(var.read_routes) > 0 ? { INNKEEP_READ_ROUTES = jsonencode(var.read_routes) } : {},
    contains(local.called, each.key) ? {
      INNKEEP_PUSH_AUDIENCE = local.urls[each.key]
      INNKEEP_PUSH_ACCOUNTS = google_service_account.caller[each.key].email
    } : {},
    contains(local.public, each.key) ? {
      INNKEEP_FUNCTION_URL = "https://{name}-${data.google_project.this.number}.${var.region}.run.app"
      INNKEEP_CORS_ORIGINS = join(",", var.edge.origins)
    } : {},
  )
  invokers = (contains(local.private, each.key) ? local.public_members :
  contains(local.called, each.key) ? { caller = google_service_account.caller[each.key].member } : {})
}

module "push" {
  source          = "../push"
  for_each        = setintersection(local.pushed, local.staged)
  project_id      = var.project_id
  project_number  = data.google_project.this.number
  labels          = local.labels
  function        = local.functions[each.key]
  topic_id        = module.topic[local.functions[each.key].topic].id
  storage_regions = var.message_regions
  url             = local.urls[module.function[each.key].name]
  caller          = google_service_account.caller[each.key]
}

module "schedule" {
  source         = "../schedule"
  for_each       = setintersection(local.swept, local.staged)
  project_id     = var.project_id
  region         = var.region
  function       = local.functions[each.key]
  period_seconds = local.periods[each.key]
  url            = local.urls[module.function[each.key].name]
  caller_email   = google_service_account.caller[each.key].email
}

# Split points are an administrator's in the predefined roles, with much else; here they are a role of
# their own.
resource "google_project_iam_custom_role" "divides" {
  count       = local.divides ? 1 : 0
  project     = var.project_id
  role_id     = "innkeepDivides"
  title       = "Innkeep: adds split points"
  description = "Asks Spanner to divide tables at points that are known beforehand, and nothing else."
  permissions = ["spanner.databases.addSplitPoints"]
}

resource "google_spanner_database_iam_member" "divides" {
  for_each = local.divides ? setintersection(local.dividers, local.staged) : []
  project  = var.project_id
  instance = module.spanner.instance
  database = module.spanner.database
  role     = google_project_iam_custom_role.divides[0].id
  member   = google_service_account.function[each.key].member
}

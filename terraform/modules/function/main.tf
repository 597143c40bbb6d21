# One function of the catalogue: what its account may touch and no more, the function itself, and who
# may call it.

locals {
  # The platform's time-out lies beyond the function's own, which answers first and says why; 3,600 s
  # is what Cloud Functions takes.
  timeout_seconds = min(var.function.timeoutSeconds + 5, 3600)
}

# Fine-grained access: it enters the database as its own role or not at all.
resource "google_spanner_database_iam_member" "enters" {
  project  = var.platform.project_id
  instance = var.database.instance
  database = var.database.name
  role     = "roles/spanner.fineGrainedAccessUser"
  member   = var.account.member
}

resource "google_spanner_database_iam_member" "role" {
  project  = var.platform.project_id
  instance = var.database.instance
  database = var.database.name
  role     = "roles/spanner.databaseRoleUser"
  member   = var.account.member
  condition {
    title       = "own-role"
    description = "The database role ${var.database.role} alone."
    expression  = "resource.type == \"spanner.googleapis.com/DatabaseRole\" && resource.name.endsWith(\"/${var.database.role}\")"
  }
}

# Firestore knows no grant narrower than a database's.
resource "google_project_iam_member" "firestore" {
  for_each = toset(var.firestore.access == "none" ? [] : [var.firestore.access == "write" ? "roles/datastore.user" : "roles/datastore.viewer"])
  project  = var.platform.project_id
  role     = each.key
  member   = var.account.member
  condition {
    title       = "own-database"
    description = "The database ${var.firestore.database} alone."
    expression  = "resource.type == \"firestore.googleapis.com/Database\" && resource.name == \"projects/${var.platform.project_id}/databases/${var.firestore.database}\""
  }
}

# Logs, metrics and traces.
resource "google_project_iam_member" "telemetry" {
  for_each = toset(["roles/logging.logWriter", "roles/telemetry.metricsWriter", "roles/telemetry.tracesWriter", "roles/serviceusage.serviceUsageConsumer"])
  project  = var.platform.project_id
  role     = each.key
  member   = var.account.member
}

resource "google_secret_manager_secret_iam_member" "reads" {
  for_each  = var.secrets
  project   = var.platform.project_id
  secret_id = each.value
  role      = "roles/secretmanager.secretAccessor"
  member    = var.account.member
}

resource "google_cloudfunctions2_function" "this" {
  project     = var.platform.project_id
  location    = var.platform.region
  name        = var.function.name
  description = var.function.description
  labels      = merge(var.platform.labels, { service = var.function.service, function = var.function.name })

  build_config {
    runtime           = var.platform.runtime
    entry_point       = var.function.entryPoint
    docker_repository = var.platform.docker_repository
    service_account   = var.platform.build_account
    source {
      storage_source {
        bucket = var.platform.uploads_bucket
        object = var.object
      }
    }
  }

  service_config {
    service_account_email            = var.account.email
    max_instance_request_concurrency = var.function.concurrency
    min_instance_count               = min(var.function.minInstances, var.platform.most_warm_instances)
    max_instance_count               = min(var.function.maxInstances, var.platform.most_instances)
    available_memory                 = "${var.function.memoryMiB}Mi"
    available_cpu                    = tostring(var.function.cpu)
    timeout_seconds                  = local.timeout_seconds
    ingress_settings                 = var.ingress
    all_traffic_on_latest_revision   = true
    environment_variables            = var.environment
    dynamic "secret_environment_variables" {
      for_each = var.secrets
      content {
        key        = secret_environment_variables.key
        project_id = var.platform.project_id
        secret     = secret_environment_variables.value
        version    = "latest"
      }
    }
  }

  # Its first instance must be able to read the database and its secrets.
  depends_on = [
    google_spanner_database_iam_member.role, google_spanner_database_iam_member.enters,
    google_secret_manager_secret_iam_member.reads,
  ]
}

# Only these may call it. Cloud Functions of this generation are services of Cloud Run.
resource "google_cloud_run_v2_service_iam_member" "invoker" {
  for_each = var.invokers
  project  = var.platform.project_id
  location = var.platform.region
  name     = google_cloudfunctions2_function.this.name
  role     = "roles/run.invoker"
  member   = each.value
}

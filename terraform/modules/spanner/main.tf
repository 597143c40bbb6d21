# The database of the day books. Tables, indexes and database roles are the migrator's
# (scripts/migrate); what costs money or cannot be got back stands here.

locals {
  replicated = length(var.read_only_locations) > 0
  config     = local.replicated ? google_spanner_instance_config.replicated[0].id : var.config
}

# The base configuration with read-only replicas, to which the read routes lead.
resource "google_spanner_instance_config" "replicated" {
  count        = local.replicated ? 1 : 0
  project      = var.project_id
  name         = "custom-${var.name}"
  display_name = "${var.config} with read-only replicas"
  base_config  = var.config
  labels       = var.labels
  dynamic "replicas" {
    for_each = var.base_replicas
    content {
      location                = replicas.value.location
      type                    = replicas.value.type
      default_leader_location = replicas.value.leader
    }
  }
  dynamic "replicas" {
    for_each = var.read_only_locations
    content {
      location = replicas.value
      type     = "READ_ONLY"
    }
  }
}

resource "google_spanner_instance" "this" {
  project          = var.project_id
  name             = var.name
  display_name     = var.name
  config           = local.config
  edition          = var.edition
  processing_units = var.autoscaling == null ? var.processing_units : null
  labels           = var.labels
  # The schedule below is ours; a second one by default would cost twice.
  default_backup_schedule_type = "NONE"
  force_destroy                = false

  dynamic "autoscaling_config" {
    for_each = var.autoscaling == null ? [] : [var.autoscaling]
    content {
      autoscaling_limits {
        min_processing_units = autoscaling_config.value.min_processing_units
        max_processing_units = autoscaling_config.value.max_processing_units
      }
      autoscaling_targets {
        high_priority_cpu_utilization_percent = autoscaling_config.value.cpu_percent
        storage_utilization_percent           = autoscaling_config.value.storage_percent
      }
    }
  }
}

resource "google_spanner_database" "this" {
  project  = var.project_id
  instance = google_spanner_instance.this.name
  name     = var.database
  # As far back as an operator's stale read and a restore to a moment go.
  version_retention_period = "${var.version_retention_days}d"
  # Against Terraform, and against everybody else.
  deletion_protection    = var.protected
  enable_drop_protection = var.protected
  lifecycle {
    ignore_changes = [ddl]
  }
}

resource "google_spanner_backup_schedule" "full" {
  project            = var.project_id
  instance           = google_spanner_instance.this.name
  database           = google_spanner_database.this.name
  name               = "full"
  retention_duration = "${var.backup_days * 24 * 3600}s"
  spec {
    cron_spec { text = var.backup_schedule }
  }
  full_backup_spec {}
}

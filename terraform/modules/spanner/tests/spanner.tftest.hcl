# What cannot be got back, and what an edition does not have.

mock_provider "google" {}

variables {
  project_id  = "innkeep-test"
  labels      = { app = "innkeep" }
  config      = "regional-europe-west1"
  edition     = "ENTERPRISE"
  database    = "innkeep"
  backup_days = 30
  protected   = true
}

run "protected" {
  command = plan
  assert {
    condition     = google_spanner_database.this.deletion_protection && google_spanner_database.this.enable_drop_protection && google_spanner_database.this.version_retention_period == "7d"
    error_message = "The database can be dropped, or its past is shorter than a week."
  }
  assert {
    condition     = google_spanner_backup_schedule.full.retention_duration == "2592000s"
    error_message = "Backups are not kept for 30 days."
  }
}

run "replicas" {
  command = plan
  variables {
    base_replicas       = [{ location = "europe-west1", type = "READ_WRITE", leader = true }]
    read_only_locations = ["europe-west4"]
    autoscaling         = { min_processing_units = 1000, max_processing_units = 5000, cpu_percent = 55, storage_percent = 70 }
  }
  assert {
    condition     = length([for r in google_spanner_instance_config.replicated[0].replicas : r if r.type == "READ_ONLY" && r.location == "europe-west4"]) == 1 && google_spanner_instance_config.replicated[0].base_config == "regional-europe-west1"
    error_message = "The replica is not in the configuration."
  }
  assert {
    condition     = google_spanner_instance.this.autoscaling_config[0].autoscaling_limits[0].max_processing_units == 5000
    error_message = "The instance does not grow."
  }
}

run "a_small_edition" {
  command = plan
  variables {
    edition     = "STANDARD"
    autoscaling = { min_processing_units = 1000, max_processing_units = 5000, cpu_percent = 55, storage_percent = 70 }
  }
  expect_failures = [var.edition]
}

run "grows_too_late" {
  command = plan
  variables {
    autoscaling = { min_processing_units = 1000, max_processing_units = 5000, cpu_percent = 80, storage_percent = 70 }
  }
  expect_failures = [var.autoscaling]
}

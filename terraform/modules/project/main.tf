# What a project needs before anything else stands in it: the APIs, where uploads lie, where images
# of functions are kept, and the account that builds them.

resource "google_project_service" "this" {
  for_each = toset([
    "artifactregistry.googleapis.com",
    "billingbudgets.googleapis.com",
    "cloudbuild.googleapis.com",
    "cloudfunctions.googleapis.com",
    "cloudresourcemanager.googleapis.com",
    "cloudscheduler.googleapis.com",
    "compute.googleapis.com",
    "firestore.googleapis.com",
    "iam.googleapis.com",
    "logging.googleapis.com",
    "monitoring.googleapis.com",
    "pubsub.googleapis.com",
    "run.googleapis.com",
    "secretmanager.googleapis.com",
    "spanner.googleapis.com",
    "storage.googleapis.com",
    "telemetry.googleapis.com",
  ])
  project = var.project_id
  service = each.key
  # Another configuration of the project may need them; an API that is on costs nothing.
  disable_on_destroy = false
}

resource "google_storage_bucket" "uploads" {
  project                     = var.project_id
  name                        = "${var.project_id}-uploads"
  location                    = var.region
  labels                      = var.labels
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  # An object's name holds the hash of what is in it, so that none is ever written twice; a
  # rollback takes one that is still there.
  lifecycle_rule {
    action { type = "Delete" }
    condition { age = var.upload_days }
  }
  depends_on = [google_project_service.this]
}

resource "google_artifact_registry_repository" "functions" {
  project       = var.project_id
  location      = var.region
  repository_id = "functions"
  description   = "Images of the functions, made by their deployments."
  format        = "DOCKER"
  labels        = var.labels
  # The newest images of every function stay, for a rollback; older ones go.
  cleanup_policies {
    id     = "keep-newest"
    action = "KEEP"
    most_recent_versions { keep_count = 5 }
  }
  cleanup_policies {
    id     = "delete-old"
    action = "DELETE"
    condition { older_than = "${var.upload_days * 24 * 3600}s" }
  }
  depends_on = [google_project_service.this]
}

resource "google_service_account" "build" {
  project      = var.project_id
  account_id   = "build-functions"
  display_name = "Builds the functions"
  description  = "Cloud Build reads the uploads and writes the images with it."
  depends_on   = [google_project_service.this]
}

resource "google_storage_bucket_iam_member" "build" {
  bucket = google_storage_bucket.uploads.name
  role   = "roles/storage.objectViewer"
  member = google_service_account.build.member
}

resource "google_artifact_registry_repository_iam_member" "build" {
  project    = var.project_id
  location   = google_artifact_registry_repository.functions.location
  repository = google_artifact_registry_repository.functions.repository_id
  role       = "roles/artifactregistry.writer"
  member     = google_service_account.build.member
}

resource "google_project_iam_member" "build_logs" {
  project = var.project_id
  role    = "roles/logging.logWriter"
  member  = google_service_account.build.member
}

terraform {
  required_version = ">= 1.9.0"
  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 6.50.0, < 8.0.0"
    }
  }
  # The bucket is named at init: terraform init -backend-config=bucket=<bucket>
  backend "gcs" {
    prefix = "innkeep/dev"
  }
}

provider "google" {
  project = var.project_id
  region  = local.region
}

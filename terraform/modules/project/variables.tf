variable "project_id" {
  type        = string
  description = "Id of the project."
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "A project id has 6 to 30 lower-case letters, digits and hyphens and begins with a letter."
  }
}

variable "region" {
  type        = string
  description = "Region of the uploads and the images; that of the functions."
  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]$", var.region))
    error_message = "A region is named like europe-west1."
  }
}

variable "labels" {
  type        = map(string)
  description = "Labels of everything that takes them."
  validation {
    condition     = length(var.labels) > 0
    error_message = "Costs are told apart by labels, so there is at least one."
  }
}

variable "upload_days" {
  type        = number
  description = "How long uploads and images are kept, in days: as far back as a rollback goes."
  default     = 90
  validation {
    condition     = var.upload_days >= 7 && var.upload_days == floor(var.upload_days)
    error_message = "Uploads are kept for 7 whole days at least, or a rollback finds none."
  }
}

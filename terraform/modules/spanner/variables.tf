variable "project_id" {
  type        = string
  description = "Id of the project."
  validation {
    condition     = length(var.project_id) > 0
    error_message = "The project is missing."
  }
}

variable "labels" {
  type        = map(string)
  description = "Labels of the instance."
  validation {
    condition     = length(var.labels) > 0
    error_message = "Costs are told apart by labels, so there is at least one."
  }
}

variable "name" {
  type        = string
  description = "Name of the instance."
  default     = "innkeep"
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.name))
    error_message = "A name has 6 to 30 lower-case letters, digits and hyphens and begins with a letter."
  }
}

variable "database" {
  type        = string
  description = "Name of the database; another one after a restore, which makes a new one."
  validation {
    condition     = can(regex("^[a-z][a-z0-9_-]{0,28}[a-z0-9]$", var.database))
    error_message = "A database's name has 2 to 30 lower-case letters, digits, hyphens and underscores and begins with a letter."
  }
}

variable "config" {
  type        = string
  description = "Instance configuration: regional-europe-west1, nam3, eur3."
  validation {
    condition     = can(regex("^(regional-[a-z]+-[a-z]+[0-9]+|[a-z]+[0-9-]*[a-z0-9]*)$", var.config))
    error_message = "A configuration is regional-<region>, or the name of a multi-region such as eur3."
  }
}

variable "edition" {
  type        = string
  description = "Edition of Spanner: STANDARD, ENTERPRISE (autoscaling, read-only replicas) or ENTERPRISE_PLUS (more than one region)."
  validation {
    condition     = contains(["STANDARD", "ENTERPRISE", "ENTERPRISE_PLUS"], var.edition)
    error_message = "The edition is STANDARD, ENTERPRISE or ENTERPRISE_PLUS."
  }
  validation {
    condition     = var.edition != "STANDARD" || (var.autoscaling == null && length(var.read_only_locations) == 0)
    error_message = "Autoscaling and read-only replicas need the edition ENTERPRISE."
  }
  validation {
    condition     = var.edition == "ENTERPRISE_PLUS" || startswith(var.config, "regional-")
    error_message = "More than one region needs the edition ENTERPRISE_PLUS."
  }
}

variable "processing_units" {
  type        = number
  description = "Fixed size in processing units, 1,000 a node; used without autoscaling."
  default     = 100
  validation {
    condition     = var.processing_units >= 100 && (var.processing_units < 1000 ? var.processing_units % 100 == 0 : var.processing_units % 1000 == 0)
    error_message = "Processing units are hundreds below 1,000, and thousands from there on."
  }
}

variable "autoscaling" {
  type = object({
    min_processing_units = number # at least 1,000
    max_processing_units = number
    cpu_percent          = number # of high priority, at which it grows
    storage_percent      = number
  })
  description = "Limits of the size in processing units, and the use in percent at which it grows; null: a fixed size."
  default     = null
  validation {
    condition = var.autoscaling == null ? true : (
      var.autoscaling.min_processing_units >= 1000 && var.autoscaling.min_processing_units % 1000 == 0 &&
      var.autoscaling.max_processing_units % 1000 == 0 && var.autoscaling.max_processing_units >= var.autoscaling.min_processing_units &&
    var.autoscaling.max_processing_units <= 10 * var.autoscaling.min_processing_units)
    error_message = "Limits are whole nodes of 1,000 processing units, and the highest is at most 10 times the lowest."
  }
  validation {
    condition     = var.autoscaling == null ? true : var.autoscaling.cpu_percent >= 10 && var.autoscaling.cpu_percent < 65 && var.autoscaling.storage_percent >= 10 && var.autoscaling.storage_percent <= 99
    error_message = "It grows below 65 % of CPU, where the alert stands, and at 10 to 99 % of storage."
  }
}

variable "base_replicas" {
  type = list(object({
    location = string
    type     = string # READ_WRITE or WITNESS
    leader   = bool   # where the leader stands by default
  }))
  description = "Replicas of the base configuration, as `gcloud spanner instance-configs describe` tells them; needed with read-only replicas."
  default     = []
  validation {
    condition     = length(var.read_only_locations) == 0 || length([for r in var.base_replicas : r if r.leader]) > 0
    error_message = "A configuration with read-only replicas repeats the replicas of its base, with the leader's marked."
  }
}

variable "read_only_locations" {
  type        = list(string)
  description = "Regions of read-only replicas beyond those of the configuration; each needs a read route."
  default     = []
  validation {
    condition     = alltrue([for l in var.read_only_locations : can(regex("^[a-z]+-[a-z]+[0-9]+$", l))])
    error_message = "Replicas stand in regions named like europe-west4."
  }
}

variable "version_retention_days" {
  type        = number
  description = "How far back the database can be read and restored, in days."
  default     = 7
  validation {
    condition     = var.version_retention_days >= 1 && var.version_retention_days <= 7
    error_message = "Spanner keeps versions for 1 to 7 days."
  }
}

variable "backup_schedule" {
  type        = string
  description = "When full backups begin, as cron text in UTC; 12 hours apart at least."
  default     = "0 2 * * *"
  validation {
    condition     = length(split(" ", var.backup_schedule)) == 5
    error_message = "Cron text has five fields."
  }
}

variable "backup_days" {
  type        = number
  description = "How long a backup is kept, in days."
  validation {
    condition     = var.backup_days >= 1 && var.backup_days <= 366
    error_message = "Spanner keeps backups for 1 to 366 days."
  }
}

variable "protected" {
  type        = bool
  description = "Whether the database refuses to be dropped, by Terraform and by anybody."
}

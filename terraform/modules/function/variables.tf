variable "platform" {
  type = object({
    project_id          = string
    region              = string
    labels              = map(string)
    runtime             = string # of Cloud Functions: go126
    uploads_bucket      = string
    docker_repository   = string
    build_account       = string
    most_instances      = number # no function has more, whatever the catalogue says
    most_warm_instances = number
  })
  description = "What all functions of an environment share."
  validation {
    condition     = var.platform.most_instances >= 1 && var.platform.most_warm_instances >= 0
    error_message = "A function may have one instance at least, and none kept warm at least."
  }
}

variable "function" {
  type = object({
    name           = string
    entryPoint     = string
    service        = string
    description    = string
    timeoutSeconds = number
    concurrency    = number
    memoryMiB      = number
    cpu            = number
    minInstances   = number
    maxInstances   = number
  })
  description = "The function's entry in functions/catalogue.yaml."
  validation {
    condition     = var.function.concurrency >= 1 && var.function.concurrency <= 1000 && (var.function.concurrency == 1 || var.function.cpu >= 1)
    error_message = "An instance takes 1 to 1,000 requests at a time, and needs a whole cpu for more than one."
  }
}

variable "account" {
  type        = object({ email = string, member = string })
  description = "The function's own service account: its address, and as grants name it."
  validation {
    condition     = length(var.account.email) > 0 && startswith(var.account.member, "serviceAccount:")
    error_message = "A function runs as a service account."
  }
}

variable "object" {
  type        = string
  description = "The function's upload in the bucket; its name changes with what is in it."
  validation {
    condition     = endswith(var.object, ".zip")
    error_message = "An upload is a .zip file."
  }
}

variable "database" {
  type        = object({ instance = string, name = string, role = string })
  description = "The Spanner database, and the role by which the function enters it."
  validation {
    condition     = can(regex("^[a-z][a-z0-9_]{0,62}$", var.database.role))
    error_message = "A database role is in snake case."
  }
}

variable "firestore" {
  type        = object({ database = string, access = string })
  description = "The Firestore database, and what the function may do in it: none, read or write."
  validation {
    condition     = contains(["none", "read", "write"], var.firestore.access)
    error_message = "Access is none, read or write."
  }
}

variable "environment" {
  type        = map(string)
  description = "Environment variables of the function; no secrets."
  validation {
    condition     = alltrue([for k in keys(var.environment) : can(regex("^(INNKEEP|OTEL)_[A-Z_]+$", k))])
    error_message = "Variables are INNKEEP_ or, for telemetry, OTEL_."
  }
}

variable "secrets" {
  type        = map(string)
  description = "Secrets of Secret Manager, by the environment variable that holds each."
  default     = {}
  validation {
    condition     = alltrue([for k in keys(var.secrets) : can(regex("^INNKEEP_[A-Z_]+$", k))])
    error_message = "Variables are INNKEEP_."
  }
}

variable "ingress" {
  type        = string
  description = "From where it can be called at all: ALLOW_ALL (IAM decides), ALLOW_INTERNAL_ONLY or ALLOW_INTERNAL_AND_GCLB."
  validation {
    condition     = contains(["ALLOW_ALL", "ALLOW_INTERNAL_ONLY", "ALLOW_INTERNAL_AND_GCLB"], var.ingress)
    error_message = "Ingress is ALLOW_ALL, ALLOW_INTERNAL_ONLY or ALLOW_INTERNAL_AND_GCLB."
  }
}

variable "invokers" {
  type        = map(string)
  description = "Members that may call it, each under a name of its own."
  default     = {}
  validation {
    condition     = alltrue([for m in values(var.invokers) : startswith(m, "serviceAccount:")])
    error_message = "Only service accounts call a function; the public comes in by the edge module."
  }
}

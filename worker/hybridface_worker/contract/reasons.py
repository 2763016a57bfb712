"""Why something was refused, failed or decided: one vocabulary for conditions, events, metrics, reports and logs."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """A reason code. The message beside it says what was found and what to do."""

    # inputs
    INPUT_NOT_FOUND = "InputNotFound"
    INPUT_UNREADABLE = "InputUnreadable"
    INPUT_EMPTY = "InputEmpty"
    INPUT_CHANGED = "InputChanged"
    INPUT_TRUNCATED = "InputTruncated"
    TOO_MANY_INPUTS = "TooManyInputs"
    # probing
    NOT_MEDIA = "NotMedia"
    FORMAT_NOT_ALLOWED = "FormatNotAllowed"
    CODEC_NOT_ALLOWED = "CodecNotAllowed"
    LIMIT_EXCEEDED = "LimitExceeded"
    NO_VIDEO_STREAM = "NoVideoStream"
    NO_FRAMES = "NoFrames"
    BAD_TIMESTAMPS = "BadTimestamps"
    PIXEL_FORMAT_NOT_SUPPORTED = "PixelFormatNotSupported"
    INTERLACED = "Interlaced"
    DYNAMIC_HDR = "DynamicHdr"
    ALPHA_NOT_SUPPORTED = "AlphaNotSupported"
    ENCODER_NOT_POSSIBLE = "EncoderNotPossible"
    TRACK_NOT_COPYABLE = "TrackNotCopyable"
    TRACK_NOT_SWAPPED = "TrackNotSwapped"
    METADATA_NOT_KEPT = "MetadataNotKept"
    TIMESTAMPS_ROUNDED = "TimestampsRounded"
    NO_FACE_IN_SOURCE = "NoFaceInSource"
    NO_FACE_IN_REFERENCE = "NoFaceInReference"
    SEVERAL_FACES_IN_SOURCE = "SeveralFacesInSource"
    SMALL_FACE_IN_SOURCE = "SmallFaceInSource"
    # work
    DECODE_ERROR = "DecodeError"
    CHUNK_FAILED = "ChunkFailed"
    TOO_MANY_TRIES = "TooManyTries"
    OUT_OF_MEMORY = "OutOfMemory"
    STALLED = "Stalled"
    LACKS_PLAN = "LacksPlan"
    DEFECT = "Defect"
    BAD_TASK = "BadTask"
    MODEL_NOT_FOUND = "ModelNotFound"
    MODEL_MISMATCH = "ModelMismatch"
    # publishing
    OUTPUT_EXISTS = "OutputExists"
    OUTPUT_NOT_WRITABLE = "OutputNotWritable"
    OUTPUTS_COLLIDE = "OutputsCollide"
    VERIFY_FAILED = "VerifyFailed"
    SOME_OUTPUTS_FAILED = "SomeOutputsFailed"
    STORAGE_FULL = "StorageFull"
    SERVICE_AWAY = "ServiceAway"
    CONSENT_EXPIRED = "ConsentExpired"
    NO_FACE_SELECTED = "NoFaceSelected"
    # verdicts on pools
    FITS = "Fits"
    NOT_IN_RULE = "NotInRule"
    NOT_PRIVATE = "NotPrivate"
    NOT_ALLOWED_BY_JOB = "NotAllowedByJob"
    PRICE_UNKNOWN = "PriceUnknown"
    PRICE_TOO_OLD = "PriceTooOld"
    PRICE_ABOVE_CAP = "PriceAboveCap"
    BREAKER_OPEN = "BreakerOpen"
    NO_PODS = "NoPods"
    NO_FREE_GPUS = "NoFreeGpus"
    TOO_SLOW = "TooSlow"
    # the control plane
    NO_GRANT = "NoGrant"
    NOT_GRANTED = "NotGranted"
    INVALID_SPEC = "InvalidSpec"
    OPERATOR_TOO_OLD = "OperatorTooOld"
    POLICY_REFUSED = "PolicyRefused"
    POLICY_ACCEPTED = "PolicyAccepted"
    NO_POLICY = "NoPolicy"
    COST_LIMIT_REACHED = "CostLimitReached"
    SUSPENDED_BY_USER = "SuspendedByUser"
    WAITING = "Waiting"
    QUEUED = "Queued"
    NOT_STARTED = "NotStarted"
    NOT_ADMITTED = "NotAdmitted"
    PLACED = "Placed"
    IN_PROGRESS = "InProgress"
    ALL_PUBLISHED = "AllPublished"
    WEBHOOK_FAILED = "WebhookFailed"
    SCRATCH_REMOVED = "ScratchRemoved"
    # of a newer release
    UNRECOGNISED = "Unrecognised"
    """Stands for each code that is not known: people go by the message beside it, and no program acts on it."""

    @classmethod
    def _missing_(cls, value: object) -> Reason | None:
        return cls.UNRECOGNISED if isinstance(value, str) and value.isidentifier() else None

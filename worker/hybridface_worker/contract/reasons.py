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
    METADATA_NOT_KEPT = "MetadataNotKept"
    TIMESTAMPS_ROUNDED = "TimestampsRounded"
    NO_FACE_IN_SOURCE = "NoFaceInSource"
    SEVERAL_FACES_IN_SOURCE = "SeveralFacesInSource"
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

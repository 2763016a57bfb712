"""The built-in swapper without a swapping network: the source's features, turned and lit as the target's face is.

`pose` turns, `cover` says where the face shows, `skin` what of it is skin, `dress` gives it the target's light and hue,
`swapper` puts them together. All are functions of one target crop and one source crop: nothing is carried from frame to
frame, and what could flicker (statistics, masks) is soft and robust.
"""

SELECT SNOWFLAKE.CORTEX.FINETUNE('CREATE', 'ML.SUPPORT.MY_SUPER_LLAMA', 'llama3-8b', '/* ftspec:v1 project=support_bot env=embedded resource=my_super_llama spec=s1:0f42c38461e742a4bed3a06e459dcd9b4ee2c79f7acaffe7e14ad1bac67a2a0c data=d1:4-2144015805f08eb03 job=- protect=- hold=- checks=- */ SELECT question AS prompt, answer AS completion
FROM questions
WHERE NOT held_out', 'SELECT QUESTION AS PROMPT, ANSWER AS COMPLETION FROM ML.SUPPORT.QUESTIONS WHERE held_out', '{"max_epochs": 2}');
ALTER MODEL ML.SUPPORT.MY_SUPER_LLAMA SET COMMENT = 'Answers our customers'' questions ftspec:v1 project=support_bot env=embedded resource=my_super_llama spec=s1:0f42c38461e742a4bed3a06e459dcd9b4ee2c79f7acaffe7e14ad1bac67a2a0c data=d1:4-2144015805f08eb03 job=ft_1 protect=- hold=- checks=-';
GRANT USAGE ON MODEL ML.SUPPORT.MY_SUPER_LLAMA TO ROLE SUPPORT_APP;
